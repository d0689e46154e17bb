use tintype::prelude::*;

const WIDTH: usize = 8;

network! {
    struct Net: [16] -> [10] { Residual { Dense(WIDTH) }, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
