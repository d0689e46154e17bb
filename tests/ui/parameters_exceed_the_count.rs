use tintype::prelude::*;

network! {
    struct Net: [0x1_0000] -> [10] { Dense(0x1_0000), Relu, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
