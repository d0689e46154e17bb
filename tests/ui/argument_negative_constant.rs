use tintype::prelude::*;

const WIDTH: i32 = -8;

network! {
    struct Net: [4] -> [10] { Dense(WIDTH), Tanh, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
