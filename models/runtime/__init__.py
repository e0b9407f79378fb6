"""What every run needs, whatever the task: checkpoints, configuration, processes, seeds, logs."""
