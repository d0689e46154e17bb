use tintype::prelude::*;

network! {
    struct Net: [8] -> [10] { Dense(units: 10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
