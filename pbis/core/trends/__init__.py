"""What is followed from plate to plate: points, guide sets, Westgard, lots."""
