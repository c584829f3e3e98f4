"""The Faust seam: how a worker joins its group and reads its partitions."""
