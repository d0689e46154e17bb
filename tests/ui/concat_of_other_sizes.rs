use tintype::prelude::*;

network! {
    struct Net: [8, 8, 4] -> [10] {
        Concat { narrow: { Conv2d(8, kernel = 3) }, wide: { Conv2d(8, kernel = 5) }, flat: { Flatten } },
        Flatten,
        Dense(10),
    }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    println!("{:?} {} {}", output.as_slice(), Net::PARAMS, Net::summary());
}
