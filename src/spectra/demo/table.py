"""The one table of what each endpoint does: from method and catalogued path, without query text, to behaviour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from spectra.demo import facts
from spectra.demo import selection as s
from spectra.demo import world as w
from spectra.demo.behaviours import (
    BROKEN,
    DENIED,
    LIMIT,
    MAX_RESULTS,
    MISSING,
    NO_CONTENT,
    READ_ONLY,
    Bare,
    Behaviour,
    Facts,
    Needs,
    One,
    Wrapped,
    constant,
    refused,
    text,
)
from spectra.demo.catalogue import catalogued

if TYPE_CHECKING:
    from collections.abc import Mapping

Key = tuple[str, str]

READS: Final[Mapping[str, Behaviour]] = {
    # administration
    "/admin/preference/admin": DENIED,
    "/admin/app": constant({"name": "Demo test management", "edition": "invented", "nodes": 2}),
    "/admin/preference/lov/all": constant(facts.LISTS_OF_VALUES),
    "/admin/preference/all": constant(facts.PREFERENCES),
    "/admin/preference/anonymous": MISSING,
    "/admin/backup/schedule": DENIED,
    "/admin/ldap/default/settings": DENIED,
    "/admin/preference": constant(facts.PREFERENCES[0]),
    "/admin/preference/item/usage": constant({"used": 3, "removable": False}),
    "/admin/user/preference": constant(facts.PREFERENCES[1:]),
    "/info/license": constant(facts.LICENSE),
    "/license/": refused(410, "This resource is deprecated; use /license/detail."),
    "/license/detail": constant(facts.LICENSE | {"seats": 250, "seatsUsed": w.USERS}),
    "/license/peak/detail": Facts(facts.license_peak),
    "/system/info/cache/info": BROKEN,
    "/system/info/channelinfo": constant({"channel": "events", "connected": True, "clients": 4}),
    "/system/info/license": constant(facts.LICENSE),
    "/system/info/servertime": text("11/01/2026 00:00:00 UTC"),
    "/system/info/stats": BROKEN,
    # attachments, automation, dashboards
    "/attachment/{id}": MISSING,
    "/attachment": MISSING,
    "/automation/schedule": BROKEN,
    "/upload-file/automation/schedule/get-latest-job-progress": NO_CONTENT,
    "/upload-file/automation/file-upload-job/list": Bare(s.nothing),
    "/fileWatcher/watcher": refused(428, "A watcher is read with If-Match only."),
    "/gadget/{dashboardId}": Facts(facts.gadget),
    "/parsertemplate/{TemplateId}": One(s.by_id(s.TEMPLATE, "templateid")),
    "/parsertemplate": Bare(s.every(s.TEMPLATE)),
    # projects
    "/project/details": Bare(s.every(s.PROJECT)),
    "/project/normal": Bare(s.every(s.PROJECT)),
    "/project/all/leads": Facts(facts.leads),
    "/project/{id}": One(s.by_id(s.PROJECT, "id")),
    "/project/user/{UserID}": Bare(facts.projects_of_user),
    "/project/project/{UserID}": Bare(facts.projects_of_user),
    "/project/count/allprojects": constant({"count": w.PROJECT_COUNT}),
    "/project/count/allusers": constant({"count": w.USERS}),
    "/project/allocated/projects": MISSING,
    "/project/projectteam/{pid}": Bare(s.below(s.USER, s.PROJECT, "pid", facts.team_of_project)),
    "/project": Bare(s.every(s.PROJECT)),
    "/project/lite": Bare(s.every(s.PROJECT_LITE)),
    "/project/shared": Bare(s.nothing),
    "/project/sharedprojects/{projectid}": Bare(s.nothing_below(s.PROJECT, "projectid")),
    "/project/sharedtoprojects/{projectid}": Bare(s.nothing_below(s.PROJECT, "projectid")),
    "/global-repository/project": MISSING,
    "/ui/searchProjects": Wrapped(s.every(s.PROJECT_LITE), "Project"),
    # releases
    "/release/paged/project/{projectid}": Wrapped(facts.releases_of_project, "Release"),
    "/release/{releaseid}": One(s.by_id(s.RELEASE, "releaseid")),
    "/release": Bare(s.every(s.RELEASE)),
    "/release/project/{projectid}": Bare(facts.releases_of_project),
    # cycles
    "/cycle/assignments/{releaseid}": Bare(facts.executions_of_release, MAX_RESULTS),
    "/cycle/{cycleid}": One(s.by_id(s.CYCLE, "cycleid")),
    "/cycle/cycleName/{releaseid}": Bare(facts.cycles_of_release, MAX_RESULTS),
    "/cycle/phase/name": Bare(s.by_ids(s.PHASE, "ids")),
    "/cycle/release/{releaseid}": Bare(facts.cycles_of_release),
    "/cycle/status/count/{releaseid}": Facts(facts.count_of_release),
    # executions
    "/execution": Wrapped(s.executions, "Execution"),
    "/execution/{id}": One(s.by_id(s.EXECUTION, "id")),
    "/execution/ids": Bare(s.by_ids(s.EXECUTION, "ids")),
    "/execution/expanded": Bare(s.by_ids(s.EXECUTION, "ids")),
    "/execution/path": BROKEN,
    "/execution/user/project": Wrapped(s.executions, "Execution"),
    "/execution/byfilter": Wrapped(s.executions, "Execution"),
    "/execution/teststepresult/bytctid": MISSING,
    "/execution/teststepresult/{id}": One(s.by_id(s.STEP, "id")),
    "/execution/teststepresult": Bare(s.by_ids(s.STEP, "sids")),
    "//executionchangehistory": Wrapped(s.every(s.HISTORY), "ExecutionChangeHistory"),
    "/advancesearch/testexecutions/{altid}": Bare(s.executions_of_altid, MAX_RESULTS),
    "/advancesearch/reindex/health": constant({"errorMsg": "The search index is being rebuilt.", "errorCode": 5103}),
    "/defect/{defectId}": One(s.by_id(s.DEFECT, "defectid")),
    # fields
    "/field/fieldtype": Bare(s.every(s.FIELD_TYPE)),
    "/field/metadata": Bare(s.every(s.FIELD)),
    "/field/{id}": One(s.by_id(s.FIELD, "id")),
    "/field/name": One(s.every(s.FIELD)),
    "/field": Bare(s.every(s.FIELD)),
    "/field/importfields/{entityName}": Bare(s.fields_of_entity),
    "/field/ids": Bare(s.by_ids(s.FIELD, "ids")),
    "/field/project/{id}": Bare(s.below(s.FIELD, s.PROJECT, "id", facts.fields_of_project)),
    "/field/entity/{entityname}": Bare(s.fields_of_entity),
    "/field/validate": Needs("searchfieldname", constant({"valid": True})),
    # test cases
    "/testcase/requirement/{testcaseid}": Bare(s.nothing_below(s.TESTCASE, "testcaseid")),
    "/testcase/tags": constant(facts.TAGS),
    "/testcase/tags/{releaseid}": Facts(facts.tags_of_release),
    "/testcase/name": One(s.testcases),
    "/testcase/count": Facts(facts.count_of_testcases),
    "/testcase/count/ids": Facts(facts.count_of_testcases),
    "/testcase/count/{releaseid}": Facts(facts.count_of_release),
    "/testcase/cumulative": BROKEN,
    "/testcase/cumulative/data": constant([{"day": "10/31/2026", "written": 412, "run": 388}]),
    "/testcase/count/discrete/{releaseid}": Facts(facts.count_of_release),
    "/testcase/path": constant({"path": ["Release", "Module", "Case"]}),
    "/testcase/pathbyrelease": refused(417, "The path of a test case in a release is not kept here."),
    "/testcase/planning/{treeId}": Wrapped(s.below(s.TESTCASE, s.TREE, "treeid", s.testcases_of_tree), "Testcase"),
    "/testcase/{testcaseId}": One(s.by_id(s.TESTCASE, "testcaseid")),
    "/testcase/nodes": BROKEN,
    "/testcase/detail/{id}": One(s.by_id(s.TESTCASE, "id")),
    "/testcase/altid": MISSING,
    "/testcase/byrequirement": Bare(s.nothing),
    "/testcase/versions": MISSING,
    "/testcase": Wrapped(s.testcases, "Testcase"),
    "/testcase/tree/{treeid}": Wrapped(s.below(s.TESTCASE, s.TREE, "treeid", s.testcases_of_tree), "Testcase"),
    "/testcase/{testcaseVersionId}/teststep": Bare(s.below(s.STEP, s.TESTCASE, "testcaseversionid", facts.steps_of)),
    "/tcuh/testcase/{id}": Wrapped(s.below(s.HISTORY, s.TESTCASE, "id", facts.history_of), "TestcaseHistory"),
    # trees of test cases
    "/testcasetree/phases/execution/{releaseid}": Bare(facts.trees_of_release),
    "/testcasetree/hierarchy/{treeid}": One(s.by_id(s.TREE, "treeid")),
    "/testcasetree/{tctId}": One(s.by_id(s.TREE, "tctid")),
    "/testcasetree/phases/{releaseid}": Bare(facts.trees_of_release),
    "/testcasetree/projectrepository/{projectid}": Bare(s.below(s.TREE, s.PROJECT, "projectid", s.trees_of_project)),
    "/testcasetree/lite": Bare(s.every(s.TREE), LIMIT),
    # users
    "/externalGroup/search": MISSING,
    "/ui/users": Wrapped(s.every(s.USER), "User"),
    "/ui/searchGroups": Wrapped(s.nothing, "Group"),
    "/user/current": One(s.every(s.USER)),
    "/user/defect": Bare(s.every(s.DEFECT)),
    "/user/filter": Bare(s.every(s.USER)),
    "/user/loggedin/count": text("17 users are logged in"),
    "/user/{id}": DENIED,
    "/user": Bare(s.every(s.USER)),
    "/user/project/{projectid}": Bare(s.below(s.USER, s.PROJECT, "projectid", facts.team_of_project)),
    "/user/validZbotUsers": MISSING,
    "/usertoken": Bare(s.nothing),
}


def behaviours(flat_endpoints: int = 0) -> dict[Key, Behaviour]:
    """Return what every catalogued endpoint does, and as many flat ones as asked for."""
    known = {("GET", path): behaviour for path, behaviour in READS.items()}
    writes = {key: READ_ONLY for key in catalogued() if key[0] != "GET"}
    flat = {("GET", f"/flat/{number}"): Bare(s.every(s.FLAT)) for number in range(flat_endpoints)}
    return {**known, **writes, **flat}
