"""Which route asks for which permission: the one table. A route that does not stand here does not exist."""

from __future__ import annotations

from pbis.desk import (
    accounts_page,
    charts_page,
    comparing_page,
    deciding_page,
    elsewhere,
    guide_page,
    health,
    items,
    lots_page,
    mending_files,
    mending_plates,
    morning,
    plate_list,
    plate_page,
    reviewing_page,
    signing_in,
    static_files,
    uploads,
    working,
)
from pbis.desk.people import Permission
from pbis.desk.routing import Route

OPEN, SEE, MEND = Permission.OPEN, Permission.SEE, Permission.MEND
DECIDE, APPROVE, ADMINISTER = Permission.DECIDE, Permission.APPROVE, Permission.ADMINISTER

ROUTES: tuple[Route, ...] = (
    # of everybody
    Route("GET", "/health", OPEN, health.health),
    Route("GET", "/static/{name}", OPEN, static_files.static),
    Route("GET", "/sign-in", OPEN, signing_in.ask),
    Route("POST", "/sign-in", OPEN, signing_in.enter),
    Route("POST", "/sign-out", OPEN, signing_in.leave),
    Route("GET", "/welcome", OPEN, signing_in.welcome),
    Route("POST", "/welcome", OPEN, signing_in.choose),
    Route("GET", "/sign-in/elsewhere", OPEN, elsewhere.go),
    Route("GET", elsewhere.BACK, OPEN, elsewhere.come_back),
    # the morning and its mending
    Route("GET", "/", SEE, morning.show),
    Route("GET", "/work", SEE, working.show_all),
    Route("GET", "/work/{key}", SEE, working.show),
    Route("GET", "/upload", MEND, uploads.ask),
    Route("POST", "/upload", MEND, uploads.take),
    Route("GET", "/item/{key}", SEE, items.show),
    Route("POST", "/item/{key}/layout-file", MEND, mending_plates.give_layout),
    Route("POST", "/item/{key}/layout", MEND, mending_plates.type_layout),
    Route("POST", "/item/{key}/barcode", MEND, mending_plates.correct_barcode),
    Route("POST", "/item/{key}/plate-name", MEND, mending_plates.name_plate),
    Route("POST", "/item/{key}/tube", MEND, mending_plates.register),
    Route("POST", "/item/{key}/wells", DECIDE, mending_plates.release_wells),
    Route("POST", "/item/{key}/twin", DECIDE, mending_plates.release_plate),
    Route("POST", "/item/{key}/tell", MEND, mending_files.tell_of_it),
    Route("POST", "/item/{key}/again", MEND, mending_files.again),
    Route("POST", "/item/{key}/bring", MEND, mending_files.bring_for),
    Route("POST", "/item/{key}/link", MEND, mending_files.link),
    Route("POST", "/item/{key}/lot", MEND, mending_files.give_lot),
    Route("POST", "/item/{key}/later", DECIDE, mending_files.later),
    Route("POST", "/item/{key}/reverse", DECIDE, mending_files.reverse),
    # plates, analytes, wells
    Route("GET", "/plates", SEE, plate_list.show),
    Route("GET", "/plates/written/{form}", SEE, plate_list.write),
    Route("GET", "/plates/{run_id}/{plate_number}", SEE, plate_page.show),
    Route("GET", "/plates/{run_id}/{plate_number}/exclude", DECIDE, deciding_page.exclude),
    Route("GET", "/plates/{run_id}/{plate_number}/keep", DECIDE, deciding_page.keep),
    Route("GET", "/plates/{run_id}/{plate_number}/withdraw/{sequence}", DECIDE, deciding_page.withdraw),
    Route("POST", "/plates/{run_id}/{plate_number}/preview", DECIDE, deciding_page.show_effect),
    Route("POST", "/plates/{run_id}/{plate_number}/confirm", DECIDE, deciding_page.confirm),
    Route("GET", "/plates/{run_id}/{plate_number}/annotate", DECIDE, charts_page.ask),
    Route("POST", "/plates/{run_id}/{plate_number}/annotate", DECIDE, charts_page.note),
    Route("GET", "/charts", SEE, charts_page.show),
    Route("GET", "/charts/guide", DECIDE, guide_page.show),
    Route("POST", "/charts/guide/limits", DECIDE, guide_page.show_limits),
    Route("POST", "/charts/guide", DECIDE, guide_page.save),
    Route("GET", "/compare", SEE, comparing_page.show),
    Route("GET", "/compare/figure", SEE, comparing_page.figure),
    Route("GET", "/compare/lots", SEE, lots_page.show),
    Route("GET", "/compare/lots/figure", SEE, lots_page.figure),
    Route("GET", "/search", SEE, plate_list.show),
    # review and signatures
    Route("GET", "/plates/{run_id}/{plate_number}/review", DECIDE, reviewing_page.show),
    Route("POST", "/plates/{run_id}/{plate_number}/review", APPROVE, reviewing_page.enter),
    Route("POST", "/plates/{run_id}/{plate_number}/sign", DECIDE, reviewing_page.sign),
    # accounts and sessions
    Route("GET", "/own-account", SEE, signing_in.own),
    Route("POST", "/own-account", SEE, signing_in.change),
    Route("GET", "/accounts", ADMINISTER, accounts_page.show),
    Route("POST", "/accounts", ADMINISTER, accounts_page.add),
    Route("POST", "/accounts/{account}/link", ADMINISTER, accounts_page.link),
    Route("POST", "/accounts/{account}/role", ADMINISTER, accounts_page.change_role),
    Route("POST", "/accounts/{account}/disable", ADMINISTER, accounts_page.disable),
    Route("POST", "/accounts/{account}/enable", ADMINISTER, accounts_page.enable),
    Route("POST", "/accounts/{account}/sign-out", ADMINISTER, accounts_page.sign_out),
)
