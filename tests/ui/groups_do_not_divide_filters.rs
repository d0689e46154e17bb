use tintype::prelude::*;

const FILTERS: usize = 6;

network! {
    struct Net: [16, 16, 4] -> [10] { conv: Conv2d(FILTERS, kernel = 3, groups = 4), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
