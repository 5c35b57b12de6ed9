# Values that the tests compare with: R 4.2.2, survival 3.5-3, maxstat 0.7-25.
# Rscript values.R DATA_FOLDER values.json    (DATA_FOLDER: the CSV files that the tests read)
suppressMessages({
  library(survival)
  library(maxstat)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
names_of_sets <- c("rossi", "gbsg2", "lung", "leukemia", "larynx")
is_marker <- function(x) is.numeric(x) && length(unique(na.omit(x))) >= 5

searched <- function(table, name, share) {
  d <- na.omit(data.frame(time = table$time, event = table$event, x = table[[name]]))
  test <- function(p) {
    maxstat.test(Surv(time, event) ~ x, d, smethod = "LogRank", pmethod = p, minprop = share, maxprop = 1 - share)
  }
  found <- test("Lau92")
  list(
    marker = name, min_share = share, n = nrow(d), candidates = length(found$cuts), statistic = unname(found$statistic),
    estimate = unname(found$estimate), lau92 = unname(found$p.value), lau94 = unname(test("Lau94")$p.value)
  )
}

ordered <- function(table, name) {
  d <- na.omit(data.frame(time = table$time, event = table$event, x = table[[name]]))
  uno <- concordance(Surv(time, event) ~ x, d, timewt = "n/G2", reverse = TRUE)
  list(marker = name, uno = unname(uno$concordance))
}

restricted <- function(table, horizon) {
  row <- summary(survfit(Surv(time, event) ~ 1, table), rmean = horizon)$table
  list(horizon = horizon, mean = row[["rmean"]], se = row[["se(rmean)"]])
}

logistic <- function(table, names) {
  d <- na.omit(table[c("event", names)])
  fit <- summary(glm(reformulate(names, "event"), binomial, d, control = list(epsilon = 1e-14)))$coefficients
  list(covariates = names, coef = unname(fit[, 1]), se = unname(fit[, 2]), p = unname(fit[, 4]))
}

values <- lapply(setNames(nm = names_of_sets), function(name) {
  table <- read.csv(file.path(arguments[1], paste0(name, ".csv")))
  markers <- Filter(function(column) is_marker(table[[column]]), setdiff(names(table), c("time", "event", "inst")))
  pairs <- expand.grid(marker = markers, share = c(0.1, 0.2), stringsAsFactors = FALSE)
  list(
    maxstat = Map(function(m, s) searched(table, m, s), pairs$marker, pairs$share, USE.NAMES = FALSE),
    concordance = lapply(markers, function(m) ordered(table, m)),
    restricted_mean = lapply(quantile(table$time, c(0.5, 0.8), names = FALSE), function(h) restricted(table, h)),
    logistic = logistic(table, markers)
  )
})
writeLines(toJSON(values, digits = NA, auto_unbox = TRUE, pretty = TRUE), arguments[2])
