"""What the judging of an officer starts from: the registers, the state between period ends, the rules of the policy."""
