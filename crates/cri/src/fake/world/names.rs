//! Names that are taken.

use tokio::time::{Duration, Instant};

use super::{Reservation, World};

impl World {
    /// Takes `name` for `holder`, or says who has it.
    pub(in crate::fake) fn reserve(&mut self, name: &str, holder: &str) -> Result<(), String> {
        let now = Instant::now();
        match self.names.get(name) {
            Some(taken) if taken.until.is_none_or(|until| until > now) && taken.holder != holder => {
                Err(taken.holder.clone())
            }
            Some(_) | None => {
                let reservation = Reservation { holder: holder.to_owned(), until: None };
                self.names.insert(name.to_owned(), reservation);
                Ok(())
            }
        }
    }

    /// Frees what `holder` has, after `held_for`.
    pub(in crate::fake) fn release(&mut self, holder: &str, held_for: Duration) {
        if held_for.is_zero() {
            self.names.retain(|_, reservation| reservation.holder != holder);
            return;
        }
        let until = Instant::now() + held_for;
        for reservation in self.names.values_mut().filter(|reservation| reservation.holder == holder) {
            reservation.until = Some(until);
        }
    }
}
