# What R makes of a validation's estimators: R 4.2.2, base alone, lme4 1.1-31 beside it.    Rscript validation.R validation.json
# The data are arithmetic, so that the test makes the same without R: see test_against_r.py.
suppressMessages({
  library(jsonlite)
  library(lme4)
})
# Wells in plates in days, unbalanced: day d has 1 + d %% 3 plates, plate p has 2 + p %% 2 wells.
day <- c(); plate <- c(); number <- 0
for (d in 1:9) for (p in seq_len(1 + d %% 3)) {
  number <- number + 1
  wells <- 2 + number %% 2
  day <- c(day, rep(d, wells)); plate <- c(plate, rep(number, wells))
}
i <- seq_along(day)
y <- 100 + 3 * ((day * 7) %% 5) + 4 * ((plate * 11) %% 7) / 3 + ((i * 37) %% 11 - 5) / 2
d <- data.frame(y, day = factor(day), plate = factor(plate))
table <- anova(lm(y ~ day + plate, d))
ms <- table[["Mean Sq"]]; df <- table[["Df"]]
# E(MS) by traces of projections (Hartley 1967), not by the sums over groups that the program takes.
hat <- function(x) { q <- qr(x); Q <- qr.Q(q)[, seq_len(q$rank)]; Q %*% t(Q) }
one <- matrix(1, nrow(d), 1); zd <- model.matrix(~ day - 1, d); zp <- model.matrix(~ plate - 1, d)
steps <- list(hat(zd) - hat(one), hat(zp) - hat(zd), diag(nrow(d)) - hat(zp))
c_matrix <- t(mapply(function(P, f) c(sum(diag(t(zd) %*% P %*% zd)), sum(diag(t(zp) %*% P %*% zp)), sum(diag(P))) / f, steps, df))
w <- solve(c_matrix)
components <- as.vector(w %*% ms)
total_w <- colSums(w)
total_df <- sum(total_w * ms)^2 / sum((total_w * ms)^2 / df)
total <- sum(pmax(components, 0))
mls <- function(a, side) {
  p <- a * ms; up <- which(p > 0); down <- which(p < 0)
  g <- function(k) if (side == "low") 1 - df[k] / qchisq(.975, df[k]) else df[k] / qchisq(.025, df[k]) - 1
  h <- function(k) if (side == "low") df[k] / qchisq(.025, df[k]) - 1 else 1 - df[k] / qchisq(.975, df[k])
  v <- sum((p[up] * sapply(up, g))^2) + sum((p[down] * sapply(down, h))^2)
  for (q in up) for (r in down) {
    F <- if (side == "low") qf(.975, df[q], df[r]) else qf(.025, df[q], df[r])
    v <- v + p[q] * -p[r] * ((F - 1)^2 - (g(q) * F)^2 - h(r)^2) / F
  }
  if (side == "low") sum(p) - sqrt(v) else sum(p) + sqrt(v)
}
# Balanced: 8 plates of 3 wells; there REML gives the same components.
b <- data.frame(plate = factor(rep(1:8, each = 3)))
b$y <- 50 + 2 * ((as.numeric(b$plate) * 5) %% 8) + ((1:24 * 17) %% 13 - 6) / 4
reml <- as.data.frame(VarCorr(lmer(y ~ 1 + (1 | plate), b, control = lmerControl(optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-16)))))$vcov

x <- rep(1 / 2^(0:6), each = 2)
z <- 80 * x * (1 - .12 * x) * (1 + ((1:14 * 5) %% 7 - 3) / 150)
fits <- lapply(1:3, function(k) lm(reformulate(paste0("I(x^", 1:k, ")"), "z"), weights = 1 / x^2))
p_of <- function(fit, rows) summary(fit)$coefficients[rows, 4]

level <- 2^(seq(0, 9, length.out = 24)); freedom <- rep(c(1, 1, 2, 3), 6)
v <- (.3 + .006 * level^2) * c(.4, 1.7, .9, 1.2, 1.1, .6)[rep(1:6, 4)]
gamma <- glm(v ~ I(level^2), Gamma(link = "identity"), weights = freedom, start = c(.3, .006), control = list(epsilon = 1e-15, maxit = 500))
# A variance with f degrees of freedom is gamma with shape f / 2: the dispersion is 2 and not estimated.

a1 <- 20 * 1.3^(1:15); a2 <- a1 * 1.08 * (1 + ((1:15 * 7) %% 11 - 5) / 60)
r <- log(a2 / a1); tt <- t.test(r)
line <- function(x, y) { s <- cov(cbind(x, y)); b <- (s[2, 2] - s[1, 1] + sqrt((s[2, 2] - s[1, 1])^2 + 4 * s[1, 2]^2)) / (2 * s[1, 2]); c(b, mean(y) - b * mean(x)) }
whole <- line(log(a1), log(a2)); n <- 15
pseudo <- t(sapply(1:n, function(k) n * whole - (n - 1) * line(log(a1)[-k], log(a2)[-k])))
gcov <- summary(gamma, dispersion = 2)$cov.scaled

s <- factor(rep(1:4, each = 5)); dil <- rep(2^(0:4), 4)
m <- 40 * as.numeric(s) * dil^-.95 * (1 + ((1:20 * 3) %% 7 - 3) / 80)
slope <- lm(log(m) ~ s + I(-log(dil)))
writeLines(toJSON(list(
  ms = ms, df = df, components = components, low = sapply(1:2, function(k) mls(w[k, ], "low")), high = sapply(1:2, function(k) mls(w[k, ], "high")),
  error_ci = df[3] * ms[3] / qchisq(c(.975, .025), df[3]), total = total, total_df = total_df, total_ci = total * total_df / qchisq(c(.975, .025), total_df), reml = reml,
  coef = unname(coef(fits[[3]])), p2 = p_of(fits[[2]], 3), p3 = unname(p_of(fits[[3]], 3:4)), s = sapply(fits, function(f) summary(f)$sigma),
  floor = coef(gamma)[[1]], slope = coef(gamma)[[2]], cov = c(gcov[1, 1], gcov[1, 2], gcov[2, 2]),
  ratio = exp(c(mean(r), tt$conf.int)), sd = sd(r), deming = whole, deming_se = apply(pseudo, 2, sd) / sqrt(n),
  parallel = c(coef(slope)[[5]], confint(slope)[5, ])
), digits = NA, auto_unbox = TRUE), commandArgs(trailingOnly = TRUE)[1])
