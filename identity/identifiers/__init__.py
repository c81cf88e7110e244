"""The compute identifier: one code for every public compute resource."""
