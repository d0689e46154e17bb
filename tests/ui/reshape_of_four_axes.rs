use tintype::prelude::*;

network! {
    struct Net: [64] -> [10] { Reshape([2, 2, 4, 4]), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
