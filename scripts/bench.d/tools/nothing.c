/* SPDX-License-Identifier: Apache-2.0 */
/* What spawn executes. */
int main(void)
{
	return 0;
}
