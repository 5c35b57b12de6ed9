// What the desk does more where scripts run; every page works without.
"use strict";
