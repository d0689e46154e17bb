use tintype::prelude::*;

network! {
    struct Net: [8, 8, 2] -> [10] {
        Conv2d(0x1000_0000_0000_0000, kernel = 3),
        Conv2d(2, kernel = 0xffff_ffff_ffff_ffff),
        Reshape([0x1_0000_0000, 0x1_0000_0000]),
        Flatten,
        Dense(10),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
