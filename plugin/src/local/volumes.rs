//! Volumes: which directory of this machine stands for which.
