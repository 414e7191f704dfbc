/*
 * clocks.h
 *		The date a question is asked for, and the moment it is asked as of.
 */
#ifndef AR_CLOCKS_H
#define AR_CLOCKS_H

extern void clocks_define_settings(void);

#endif							/* AR_CLOCKS_H */
