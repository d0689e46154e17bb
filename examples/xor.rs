//! The smallest network worth training: exclusive or.

use tintype::data::InMemory;
use tintype::prelude::*;

network! {
    struct Xor: [2] -> [1] { Dense(4), Tanh, Dense(1) }
}

fn main() -> Result<(), tintype::train::TrainError> {
    let cases = [([0.0, 0.0], 0.0), ([0.0, 1.0], 1.0), ([1.0, 0.0], 1.0), ([1.0, 1.0], 0.0)];
    let data: InMemory<_, _> = cases.map(|(x, y)| (Tensor::from(x), Tensor::from([y]))).into_iter().collect();
    let mut net = Xor::boxed(Seed(3));
    Trainer::new(BinaryCrossEntropyWithLogits, Adam::new(0.05)).epochs(400).fit_without_validation(&mut net, &data)?;
    for (x, _) in cases {
        println!("{x:?}: {}", net.forward(&x.into()).as_slice()[0] > 0.0);
    }
    Ok(())
}
