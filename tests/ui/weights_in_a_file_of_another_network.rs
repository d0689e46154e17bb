use tintype::prelude::*;

network! {
    struct Net: [2] -> [4] { Dense(4) }
}

static NET: &Net = tintype::embed_weights!(Net, "../weights/dense.safetensors");

fn main() {
    println!("{}", NET.dense1.weight.len());
}
