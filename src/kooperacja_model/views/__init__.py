"""How a recommendation is shown: text, HTML, plain data. Functions of it, nothing else."""
