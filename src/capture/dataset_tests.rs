//! The data set worker on made-up data sets.
