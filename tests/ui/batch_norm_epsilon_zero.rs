use tintype::prelude::*;

network! {
    struct Net: [8] -> [10] { BatchNorm(epsilon = 0), BatchNorm(momentum = 1.0), BatchNorm(0.9), Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
