use tintype::prelude::*;

network! {
    struct Net: [64] -> [10] { hidden: Dense(64), Relu, output: Dense(12) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
