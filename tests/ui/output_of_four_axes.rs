use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] -> [1, 1, 1, 10] { Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
