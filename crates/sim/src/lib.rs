//! The whole kubelet on one seeded fake world with paused time.
