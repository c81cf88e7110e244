"""What HTTP operations share: who calls, what is read, how lists are paged, how they say no."""
