use tintype::prelude::*;

network! {
    struct Net: [8, 8, 2] -> [10] { stem: Conv2d(2, kernel = 3, padding = Same), Repeat(3) { hidden: Dense(6), Relu }, Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
