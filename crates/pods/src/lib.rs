//! Sources to desired pods to actors to observed pods to status.
