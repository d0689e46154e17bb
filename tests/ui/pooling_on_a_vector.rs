use tintype::prelude::*;

network! {
    struct Net: [64] -> [10] { GlobalAvgPool2d, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
