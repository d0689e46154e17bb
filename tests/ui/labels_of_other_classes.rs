use tintype::prelude::*;

network! {
    struct Net: [28, 28, 1] -> [10] { Flatten, Dense(10) }
}

fn main() {
    let net = Net::boxed(Seed(1));
    let output = net.forward(&Tensor::zeros());
    let label = Class::<12>::of(&Tensor::zeros());
    println!("{}", tintype::losses::evaluate(&tintype::losses::CrossEntropy, &output, &label));
}
