// SPDX-License-Identifier: GPL-2.0-only
/*
 * sim/dist.c - sampling of cost distributions without libm.
 *
 * exp, log, square root and the normal quantile are written in additions, multiplications and
 * divisions of doubles, which IEEE 754 defines to the last bit; together with -ffp-contract=off
 * the same tape gives the same nanoseconds everywhere.
 *
 * Invariants: a sample of a uniform distribution lies in [a, b]; a lognormal's median is a and its
 * 99th percentile b.
 */
#include <string.h>

#include "sim/dist.h"
#include "sim/sim.h"

#define LN2    0x1.62e42fefa39efp-1
#define Z_P99  2.3263478740408408 /* the standard normal's 99th percentile */
#define MAX_NS 0x1p62

static double from_bits(u64 bits)
{
	double d;

	memcpy(&d, &bits, sizeof(d));
	return d;
}

static u64 to_bits(double d)
{
	u64 bits;

	memcpy(&bits, &d, sizeof(bits));
	return bits;
}

/* For |x| < 700: x = k ln 2 + r with |r| <= ln 2 / 2, and e^r by its series. */
static double det_exp(double x)
{
	double k = (double)(s64)(x / LN2 + (x < 0 ? -0.5 : 0.5));
	double r = x - k * LN2, term = 1, sum = 1;

	for (int i = 1; i <= 14; i++) {
		term = term * r / i;
		sum += term;
	}
	return sum * from_bits((u64)(1023 + (s64)k) << 52);
}

/* For x > 0, normal: x = 2^k m with m near 1, and ln m = 2 atanh((m - 1) / (m + 1)). */
static double det_log(double x)
{
	u64 bits = to_bits(x);
	s64 k = (s64)(bits >> 52) - 1023;
	double m = from_bits((bits & ((1ull << 52) - 1)) | (1023ull << 52));
	double t, t2, term, sum;

	if (m > 1.4142135623730951) {
		m /= 2;
		k++;
	}
	t = (m - 1) / (m + 1);
	t2 = t * t;
	term = t;
	sum = t;
	for (int i = 3; i <= 21; i += 2) {
		term *= t2;
		sum += term / i;
	}
	return 2 * sum + (double)k * LN2;
}

/* For x > 0 of moderate size: Newton's iteration from half the exponent. */
static double det_sqrt(double x)
{
	double y = from_bits((to_bits(x) >> 1) + (511ull << 52));

	for (int i = 0; i < 5; i++)
		y = 0.5 * (y + x / y);
	return y;
}

/*
 * The standard normal's quantile for 0 < p < 1, by rational approximations in the middle and in the
 * tails (P. J. Acklam's coefficients; relative error below 1.2e-9).
 */
static double det_normal_quantile(double p)
{
	static const double a[] = { -3.969683028665376e+01, 2.209460984245205e+02,
				    -2.759285104469687e+02, 1.383577518672690e+02,
				    -3.066479806614716e+01, 2.506628277459239e+00 };
	static const double b[] = { -5.447609879822406e+01, 1.615858368580409e+02,
				    -1.556989798598866e+02, 6.680131188771972e+01,
				    -1.328068155288572e+01, 1.0 };
	static const double c[] = { -7.784894002430293e-03, -3.223964580411365e-01,
				    -2.400758277161838e+00, -2.549732539343734e+00,
				    4.374664141464968e+00,  2.938163982698783e+00 };
	static const double d[] = { 7.784695709041462e-03, 3.224671290700398e-01,
				    2.445134137142996e+00, 3.754408661907416e+00, 1.0 };
	const double low = 0.02425;
	double q, x, num, den;

	if (p > 1 - low)
		return -det_normal_quantile(1 - p);
	if (p < low) {
		x = det_sqrt(-2 * det_log(p));
		num = c[0];
		for (int i = 1; i < 6; i++)
			num = num * x + c[i];
		den = d[0];
		for (int i = 1; i < 5; i++)
			den = den * x + d[i];
		return num / den;
	}
	q = p - 0.5;
	x = q * q;
	num = a[0];
	den = b[0];
	for (int i = 1; i < 6; i++) {
		num = num * x + a[i];
		den = den * x + b[i];
	}
	return q * num / den;
}

static u64 sample_uniform(struct sim *sim, u64 low, u64 high)
{
	u64 span = high > low ? high - low : 0;
	u64 r;

	if (span < UINT32_MAX)
		return low + sim_choose(sim, CHOICE_VALUE, (u32)span + 1);
	r = (u64)(sim_choose_unit(sim) * ((double)span + 1));
	return low + min(r, span);
}

static u64 sample_lognormal(struct sim *sim, u64 median, u64 p99)
{
	double sigma, u, ns;

	if (median == 0 || p99 <= median)
		return median;
	sigma = det_log((double)p99 / (double)median) / Z_P99;
	u = sim_choose_unit(sim);
	u = max(u, 0x1p-54); /* the quantile of 0 is not a number */
	ns = (double)median * det_exp(sigma * det_normal_quantile(u));
	return ns < MAX_NS ? (u64)(ns + 0.5) : (u64)MAX_NS;
}

u64 sim_dist_sample(struct sim *sim, const struct sim_dist *d)
{
	if (unlikely(sim->searching)) /* time orders nothing: no choices for its sake */
		return d->a_ns;
	if (unlikely(d->kind == DIST_UNSEEN))
		((struct sim_dist *)d)->kind = d->seen_as;
	switch (d->kind) {
	case DIST_UNIFORM:
		return sample_uniform(sim, d->a_ns, d->b_ns);
	case DIST_LOGNORMAL:
		return sample_lognormal(sim, d->a_ns, d->b_ns);
	default:
		return d->a_ns;
	}
}
