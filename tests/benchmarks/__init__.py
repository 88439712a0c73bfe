"""What Tequio costs, measured beside its peers and the floor: `make bench`."""
