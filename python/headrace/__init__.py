"""What Headrace offers to Python programs besides PySpark itself."""
