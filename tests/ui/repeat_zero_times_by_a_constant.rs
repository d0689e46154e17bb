use tintype::prelude::*;

const TIMES: usize = 0;

network! {
    struct Net: [8] -> [10] { Repeat(TIMES) { Dense(8) }, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
