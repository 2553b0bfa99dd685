"""The parts of pixbin: packages, models and pictures, their licences and known vulnerabilities."""
