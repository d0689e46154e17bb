use tintype::prelude::*;

network! {
    struct Net: [64] -> [10] { Dense(100), Reshape([7, 7, 2]), Conv2d(8, kernel = 3), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
