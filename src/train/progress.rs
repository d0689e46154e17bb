//! What a person sees while a network is trained.

use super::report::Epoch;

/// What is shown of a training, on standard error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar for each epoch, which becomes a line with its numbers. Nothing if standard error is no terminal, or without
    /// the feature `progress`.
    #[default]
    Bar,
    /// A plain line for each epoch, even if standard error is no terminal.
    Lines,
    /// Nothing.
    Silent,
}

/// Shows the epochs of one training.
pub(super) struct Display {
    lines: bool,
    epochs: usize,
    #[cfg(feature = "progress")]
    bar: Option<bar::Bar>,
}

impl Display {
    pub(super) fn new(progress: Progress, epochs: usize) -> Self {
        Self {
            lines: progress == Progress::Lines,
            epochs,
            #[cfg(feature = "progress")]
            bar: (progress == Progress::Bar && std::io::IsTerminal::is_terminal(&std::io::stderr()))
                .then(bar::Bar::default),
        }
    }

    /// An epoch of so many steps begins.
    pub(super) fn begin(&mut self, epoch: usize, steps: usize) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &mut self.bar {
            bar.begin(epoch, self.epochs, steps);
        }
        let _ = (epoch, steps);
    }

    /// A step is done, and the mean loss of the epoch so far is `loss`.
    pub(super) fn step(&mut self, loss: f64) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &mut self.bar {
            bar.step(loss);
        }
        let _ = loss;
    }

    /// The epoch is over.
    pub(super) fn end(&mut self, epoch: &Epoch) {
        #[cfg(feature = "progress")]
        if let Some(bar) = &mut self.bar {
            bar.end(epoch);
        }
        if self.lines {
            std::eprintln!("epoch {}/{}  {:.1}s  {epoch}", epoch.number, self.epochs, epoch.seconds);
        }
    }
}

#[cfg(feature = "progress")]
mod bar {
    use std::format;
    use std::string::ToString;
    use std::time::{Duration, Instant};

    use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

    use super::Epoch;
    use crate::train::report::Short;

    /// The least time between two looks of the bar.
    const REFRESH: Duration = Duration::from_millis(100);

    /// The bar of the epoch that is under way.
    #[derive(Default)]
    pub(in super::super) struct Bar {
        current: Option<(ProgressBar, Instant)>,
        steps: u64,
    }

    impl Bar {
        pub fn begin(&mut self, epoch: usize, epochs: usize, steps: usize) {
            let bar = ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr());
            bar.set_style(style());
            bar.set_prefix(format!("epoch {epoch}/{epochs}"));
            self.current = Some((bar, Instant::now()));
            self.steps = 0;
        }

        pub fn step(&mut self, loss: f64) {
            self.steps += 1;
            if let Some((bar, shown)) = &mut self.current
                && shown.elapsed() >= REFRESH
            {
                *shown = Instant::now();
                bar.set_message(format!("loss {}", Short(loss)));
                bar.set_position(self.steps);
            }
        }

        pub fn end(&mut self, epoch: &Epoch) {
            if let Some((bar, _)) = self.current.take() {
                bar.set_position(self.steps);
                bar.abandon_with_message(epoch.to_string());
            }
        }
    }

    impl Drop for Bar {
        fn drop(&mut self) {
            // An error ended the training: the unfinished bar stays visible.
            if let Some((bar, _)) = self.current.take() {
                bar.abandon();
            }
        }
    }

    fn style() -> ProgressStyle {
        ProgressStyle::with_template("{prefix:>12} [{bar:24}] {pos}/{len}  {elapsed}  {msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> ")
    }
}
