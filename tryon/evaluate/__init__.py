"""What the evaluation commands measure, with truth where there is one."""
