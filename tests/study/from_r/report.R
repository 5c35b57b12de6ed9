# What R makes of the numbers of a good report: R 4.2.2, survival 3.5-3.    Rscript report.R report.json
# The data are arithmetic, so that the test makes the same without R: see patients() in test_report_against_r.py.
suppressMessages({
  library(survival)
  library(jsonlite)
})
i <- 1:120
d <- data.frame(
  time = (i * 37) %% 101 / 4 + 1, event = as.numeric((i * 13) %% 7 < 4), score = (i * 11) %% 5,
  marker = (i * 29) %% 53 / 3, other = ((i * 17) %% 31 - 15) / 10, second = as.numeric((i * 7) %% 10 < 4)
)
d$high <- as.numeric(d$score >= 2)
d$level <- (i %/% 7 + 2 * d$second) %% 3
d$response <- as.numeric((i * 23 + 3 * d$score) %% 9 < 3)
home <- d[d$second == 0, ]
away <- d[d$second == 1, ]
tight <- list(epsilon = 1e-14)
slack <- coxph.control()

model <- coxph(Surv(time, event) ~ score, home, control = slack)
curve <- survfit(model, newdata = data.frame(score = mean(home$score)), stype = 2, ctype = 1)
hazard <- function(t) -log(summary(curve, times = t, extend = TRUE)$surv)
lp <- (away$score - mean(home$score)) * coef(model)
expected <- sapply(away$time, hazard) * exp(lp)
large <- summary(glm(event ~ offset(log(expected)), poisson, away, control = tight))$coefficients
slope <- summary(coxph(Surv(time, event) ~ lp, away, control = slack))$coefficients
reverse <- summary(survfit(Surv(time, 1 - event) ~ 1, d))$table
adjusted <- summary(coxph(Surv(time, event) ~ high + marker + other, d, control = slack))$coefficients
crude <- summary(glm(response ~ high, binomial, d, control = tight))$coefficients
odds <- summary(glm(response ~ high + marker + other, binomial, d, control = tight))$coefficients
kruskal <- kruskal.test(d$marker, d$score)
rank <- suppressWarnings(cor.test(d$marker, d$other, method = "spearman", exact = FALSE))
two <- table(d$second, d$level)
writeLines(toJSON(list(
  coef = coef(model)[[1]], se = sqrt(vcov(model)[1, 1]), mean = mean(home$score), hazard_12 = hazard(12), expected = sum(expected),
  large = exp(large[1, 1]), large_se = large[1, 2], large_p = large[1, 4], slope = slope[1, 1], slope_se = slope[1, 3],
  follow_up = reverse[c("median", "0.95LCL", "0.95UCL")], student = t.test(marker ~ second, d, var.equal = TRUE)$p.value,
  chi_square = chisq.test(two, correct = FALSE)$p.value, kruskal = unname(kruskal$statistic), kruskal_p = kruskal$p.value,
  rho = unname(rank$estimate), rho_p = rank$p.value, adjusted = adjusted[, 1], adjusted_se = adjusted[, 3], adjusted_p = adjusted[, 5],
  crude = crude[2, 1], crude_p = crude[2, 4], odds = odds[2, 1], odds_se = odds[2, 2], odds_p = odds[2, 4]
), digits = NA, auto_unbox = TRUE), commandArgs(trailingOnly = TRUE)[1])
