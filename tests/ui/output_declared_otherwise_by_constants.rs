use tintype::prelude::*;

const CLASSES: usize = 10;

network! {
    struct Net: [64] -> [CLASSES] { hidden: Dense(64), Relu, output: Dense(CLASSES + 2) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
