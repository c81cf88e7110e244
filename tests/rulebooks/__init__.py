"""What every version of every rule once answered, and that it answers so still."""
