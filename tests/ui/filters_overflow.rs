use tintype::prelude::*;

const HUGE: usize = usize::MAX / 4;

network! {
    struct Net: [8, 8, 1] -> [10] { Conv2d(HUGE, kernel = 3), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
