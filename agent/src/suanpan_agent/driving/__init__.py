"""
A driver of a Suanpan market, run by a provider beside its machines.

It takes the market's signed calls and says what happened. What runs is a backend's business: local
processes, Slurm, or manifests for Kubernetes. It needs Python alone.
"""
