"""Long work that outlives a request and a crash: durable submit, progress, cancel, resume."""

from mixdown_api.jobs.context import Handler, JobContext
from mixdown_api.jobs.job import Job, JobState, Progress
from mixdown_api.jobs.jobs import Jobs
from mixdown_api.jobs.settings import JobSettings

__all__ = ["Handler", "Job", "JobContext", "JobSettings", "JobState", "Jobs", "Progress"]
