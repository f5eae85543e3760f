"""Services AWS has withdrawn, which old definitions still name; botocore's models no longer hold them.

From the models of botocore 1.24, 1.29, 1.34 and 1.38 that the locked botocore does not have.
"""

from __future__ import annotations

from typing import Final

RETIRED: Final = frozenset(
    """alexaforbusiness apptest backupstorage cloudwatchevents codestar elasticinference elastictranscoder evidently
    finspace finspacedata gamesparks honeycode iot1clickdevices iot1clickprojects iotanalytics iotevents
    ioteventsdata iotfleethub iotroborunner lookoutmetrics lookoutvision macie mobile nimble opsworks opsworkscm
    panorama privatenetworks qldb qldbsession robomaker simspaceweaver sms tnb worklink""".split()  # noqa: SIM905
)
