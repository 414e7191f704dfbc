/*
 * as_of.h
 *		The date a question is asked for.
 */
#ifndef AR_AS_OF_H
#define AR_AS_OF_H

extern void as_of_define_setting(void);

#endif							/* AR_AS_OF_H */
