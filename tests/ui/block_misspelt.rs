use tintype::prelude::*;

network! {
    struct Net: [8] -> [10] { Residul { Dense(8) }, Dense(4) { Relu }, Repeat(2) { Dense(4) } { Relu }, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
