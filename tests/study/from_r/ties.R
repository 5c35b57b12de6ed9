# What R makes of times that differ by a rounding: R 4.2.2, survival 3.5-3.    Rscript ties.R ties.json
# Days become months by / 30.4375 in one half of the patients and by / 365.25 * 12 in the other; `chain` is a row of neighbours
# each within the tolerance of the next. `apart` is the Cox coefficient when such times are left apart (timefix = FALSE).
suppressMessages({
  library(survival)
  library(jsonlite)
})
set.seed(20251128)
n <- 90
days <- sample(20:400, n, replace = TRUE)
other <- seq_len(n) %% 2 == 0
same <- days / 30.4375
mixed <- ifelse(other, days / 365.25 * 12, same)
event <- rbinom(n, 1, 0.7)
group <- rbinom(n, 1, 0.5)
x <- round(rnorm(n), 1)

everything <- function(time) {
  d <- data.frame(time, event, group, x)
  y <- Surv(time, event) ~ group
  curve <- summary(survfit(Surv(time, event) ~ 1, d), rmean = 10)$table
  efron <- coxph(y, d, ties = "efron")
  breslow <- coxph(y, d, ties = "breslow")
  list(
    distinct = length(unique(aeqSurv(Surv(time, event))[, 1])),
    logrank = survdiff(y, d)$chisq, rho1 = survdiff(y, d, rho = 1)$chisq,
    efron = unname(coef(efron)), breslow = unname(coef(breslow)), se = sqrt(vcov(efron)[1, 1]),
    zph = cox.zph(efron, transform = "km")$table["group", "chisq"],
    median = curve[["median"]], low = curve[["0.95LCL"]], rmean = curve[["rmean"]], rmean_se = curve[["se(rmean)"]],
    harrell = unname(concordance(Surv(time, event) ~ x, d, reverse = TRUE)$concordance),
    uno = unname(concordance(Surv(time, event) ~ x, d, timewt = "n/G2", reverse = TRUE)$concordance)
  )
}
chain <- c(10, 10 + 1e-7, 10 + 2e-7, 10 + 3e-7, 11, 1e-9, 0, 50)
apart <- unname(coef(coxph(Surv(mixed, event) ~ group, control = coxph.control(timefix = FALSE))))
out <- list(
  days = days, other = other, event = event, group = group, x = x, same = everything(same), mixed = everything(mixed),
  apart = apart, chain = chain, chain_tied = aeqSurv(Surv(chain, rep(1, 8)))[, 1]
)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE), commandArgs(trailingOnly = TRUE)[1])
