/* Student's t distribution, for prediction intervals and p-values (koku-api.md §6.4). */
#ifndef KONTOR_REPORTS_STUDENT_T_H
#define KONTOR_REPORTS_STUDENT_T_H

/* The probability that |T| is greater than |t|, with `freedom` ≥ 1 degrees of freedom. */
double student_t_two_tailed(double t, double freedom);

/* The t of which student_t_two_tailed is `probability` (0 < probability < 1). */
double student_t_critical(double probability, double freedom);

#endif
