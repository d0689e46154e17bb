use tintype::prelude::*;

const RATE: f64 = 50.0;

network! {
    struct Net: [8] -> [10] { Dropout(1.5), drop: Dropout(RATE), Dropout(-0.5), Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
