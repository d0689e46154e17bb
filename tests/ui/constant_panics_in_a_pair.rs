use tintype::prelude::*;

const WIDTH: usize = 4;

network! {
    struct Net: [9, 9, 1] -> [10] { Conv2d(4, kernel = [3, WIDTH - 8]), Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
